"""What the tests stand on: the proxy under test, the peers that misbehave, and how to wait."""
