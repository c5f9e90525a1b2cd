"""Backends that are names: addresses come, go, change order, and sometimes nobody answers."""
import pytest

from harness import backends
from harness.names import SERVFAIL
from harness.proxies import free_port
from harness.wait import eventually, patient

pytestmark = pytest.mark.weir_only

NAME = "servers.test"


class Farm:
    """Servers of one port on several addresses of the loopback."""

    def __init__(self, stage):
        self.stage = stage
        self.port = int(free_port())
        self.servers = {}
        self.names = stage.name_server()

    def serve(self, *addresses):
        for address in addresses:
            if address not in self.servers:
                where = f"{address}:{self.port}"
                self.servers[address] = self.stage.backend(backends.echo, address=where)
        self.names.records[NAME] = list(addresses)

    def proxy(self, **wishes):
        options = {
            "resolve_interval": "300ms",
            "resolve_min": "100ms",
            "balance": "round_robin",
            "nameservers": self.names.address,
        }
        backend = wishes.pop("backend", f"{NAME}:{self.port}")
        return self.stage.proxy([backend], **{**options, **wishes})

    def clients(self, proxy, count):
        """Sessions that have heard from their backends; once `proxy` knows all addresses."""
        known = len(self.names.records[NAME])
        until(self.stage, proxy, known)
        clients = [self.stage.connect(proxy) for _ in range(count)]
        for client in clients:
            client.echo()
        return clients


@pytest.fixture
def farm(stage):
    return Farm(stage)


def members(proxy):
    pool = proxy.json("/api/v1/status")["pools"][0]
    return {entry["name"]: entry["state"] for entry in pool["backends"]}


def served(stage, proxy):
    client = stage.connect(proxy)
    client.echo()
    client.close()
    return True


def until(stage, proxy, count):
    """Until it tells so many addresses and its reactor has taken them up, a moment later."""
    eventually(lambda: len(members(proxy)) == count, 20, f"{count} addresses")
    eventually(lambda: stage.serves(proxy), what="they are used")


def addresses(*last):
    return [f"127.0.1.{number}" for number in last]


def test_sessions_on_kept_addresses_live_through_every_change(stage, farm):
    farm.serve(*addresses(1, 2, 3))
    proxy = farm.proxy(leave_timeout="60s")
    clients = farm.clients(proxy, 30)

    farm.serve(*addresses(1, 2, 3, 4, 5))
    eventually(lambda: len(members(proxy)) == 5, what="five addresses")
    fresh = [farm.servers[address] for address in addresses(4, 5)]
    eventually(
        lambda: served(stage, proxy) and all(server.accepted for server in fresh),
        what="the new ones are used",
    )

    farm.serve(*addresses(2))
    eventually(
        lambda: list(members(proxy).values()).count("healthy") == 1, what="one is left"
    )
    for client in clients:
        client.echo()  # also on those that have left: they drain
    before = {address: server.accepted for address, server in farm.servers.items()}
    for _ in range(10):
        served(stage, proxy)
    gained = {
        address for address, server in farm.servers.items() if server.accepted > before[address]
    }
    assert gained == set(addresses(2))


def test_who_has_left_is_reset_after_its_time_and_forgotten(stage, farm):
    farm.serve(*addresses(1, 2))
    proxy = farm.proxy(leave_timeout="1s")
    clients = farm.clients(proxy, 6)
    farm.serve(*addresses(2))
    proxy.wait_for_line(r"127\.0\.1\.1:\d+ has left; its 3 session\(s\) may finish for 1 s", 5)
    assert "draining" in members(proxy).values()
    proxy.wait_for_count("weir_listener_closed_total", 3, who="weir", how="drain")
    eventually(lambda: len(members(proxy)) == 1, what="it is forgotten")
    assert sum(not client.silent_for(0) for client in clients) == 3


def test_an_address_that_comes_back_in_time_keeps_its_sessions(stage, farm):
    farm.serve(*addresses(1, 2))
    proxy = farm.proxy(leave_timeout="60s")
    clients = farm.clients(proxy, 4)
    farm.serve(*addresses(2))
    eventually(lambda: "draining" in members(proxy).values(), what="it has left")
    farm.serve(*addresses(1, 2))
    eventually(lambda: set(members(proxy).values()) == {"healthy"}, what="it is back")
    for client in clients:
        client.echo()


@pytest.mark.parametrize("failure", [SERVFAIL, "silent", "gone", "empty"])
def test_the_last_good_addresses_hold_through_any_failure(stage, farm, failure):
    farm.serve(*addresses(1, 2))
    proxy = farm.proxy()
    eventually(lambda: len(members(proxy)) == 2, what="two addresses")
    if failure == "gone":
        del farm.names.records[NAME]
    elif failure == "empty":
        farm.names.records[NAME] = []
    else:
        farm.names.mode = failure
    told = r"does not resolve: .*\. its last addresses hold; asking again"
    proxy.wait_for_line(told, patient(15))
    assert proxy.counted("weir_name_lookups_total", result="failed") >= 1
    assert proxy.counted("weir_name_answers") == 2
    changes = proxy.counted("weir_name_changes_total")
    for _ in range(6):
        served(stage, proxy)
    assert set(members(proxy).values()) == {"healthy"}
    farm.names.mode = "answer"
    farm.serve(*addresses(1, 2, 3))
    eventually(lambda: len(members(proxy)) == 3, 15, "it resolves again")
    assert proxy.counted("weir_name_answers") == 3
    assert proxy.counted("weir_name_changes_total") == changes + 1


def test_a_start_without_an_answer_serves_as_soon_as_there_is_one(stage, farm):
    farm.names.mode = "silent"
    proxy = farm.proxy()
    client = stage.connect(proxy)
    assert client.wait_for_reset(patient(5))
    farm.names.mode = "answer"
    farm.serve(*addresses(1))
    eventually(lambda: len(members(proxy)) == 1, 20, "the first answer")
    served(stage, proxy)


def test_answers_in_another_order_change_nothing(stage, farm):
    farm.serve(*addresses(1, 2, 3))
    proxy = farm.proxy()
    proxy.wait_for_line("is 3 address\\(es\\)")
    told = proxy.stderr().count("address(es)")
    asked = farm.names.asked
    for turn in range(4):
        farm.names.records[NAME] = addresses(*[(3, 1, 2), (2, 1, 3), (1, 3, 2), (3, 2, 1)][turn])
        seen = farm.names.asked
        eventually(lambda: farm.names.asked >= seen + 2, what="it is asked again")
    assert farm.names.asked > asked
    assert proxy.stderr().count("address(es)") == told


def test_a_cut_answer_is_asked_for_again_by_tcp(stage, farm):
    farm.names.mode = "truncate"
    farm.serve(*addresses(*range(1, 41)))
    proxy = farm.proxy()
    eventually(lambda: len(members(proxy)) == 40, 15, "forty addresses")


def test_a_thousand_addresses(stage, farm):
    farm.names.mode = "truncate"
    farm.serve(*addresses(1))
    farm.names.records[NAME] = [f"127.0.{i // 250 + 1}.{i % 250 + 1}" for i in range(1000)]
    proxy = farm.proxy(retries=0)
    eventually(lambda: len(members(proxy)) == 1000, 20, "a thousand addresses")
    farm.serve(*addresses(1))
    eventually(
        lambda: list(members(proxy).values()) == ["healthy"], 20, "all but one are forgotten"
    )
    served(stage, proxy)


SERVICE = "_echo._tcp.servers.test"


@pytest.fixture
def service(stage, farm):
    """Three servers of ports of their own behind SRV records, the third of them as a reserve."""
    servers = [stage.backend(backends.echo) for _ in range(3)]
    ports = [int(server.address.rpartition(":")[2]) for server in servers]
    farm.names.records["host.test"] = ["127.0.0.1"]
    farm.names.services[SERVICE] = [
        (10, 300, ports[0], "host.test"),
        (10, 100, ports[1], "host.test"),
        (20, 0, ports[2], "host.test"),
    ]
    return servers


def test_a_service_says_port_weight_and_priority(stage, farm, service):
    proxy = farm.proxy(backend=SERVICE)
    until(stage, proxy, 3)
    before = [server.accepted for server in service]
    for _ in range(40):
        served(stage, proxy)
    gained = [server.accepted - was for server, was in zip(service, before)]
    assert gained == [30, 10, 0]

    _, second, third = farm.names.services[SERVICE]
    farm.names.services[SERVICE] = [second, third]
    eventually(lambda: len(members(proxy)) == 2, what="one has gone")
    farm.names.services[SERVICE] = [third]
    eventually(lambda: len(members(proxy)) == 1, what="the reserve is left")
    served(stage, proxy)
    assert service[2].accepted == 1


def test_a_service_whose_target_is_unknown_keeps_its_last_targets(stage, farm, service):
    proxy = farm.proxy(backend=SERVICE)
    eventually(lambda: len(members(proxy)) == 3, what="three targets")
    farm.names.services[SERVICE] = [(10, 1, 1, "nowhere.test"), *farm.names.services[SERVICE]]
    proxy.wait_for_line(r"does not resolve: nowhere\.test: .*its last addresses hold", patient(5))
    for _ in range(8):
        served(stage, proxy)
    assert set(members(proxy).values()) == {"healthy"}
    farm.names.services[SERVICE] = farm.names.services[SERVICE][1:2]
    eventually(lambda: len(members(proxy)) == 1, what="it resolves again")
