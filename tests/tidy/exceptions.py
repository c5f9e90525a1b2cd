"""Every file that a rule leaves out, and why. One that is not needed any more is a fault."""

EXCEPTIONS = {
    'leftover': {
        'tests/tidy/text_rules.py': 'names the words that it looks for',
        'tests/tidy/test_house_rules.py': 'bad samples',
    },
    'sleep_in_test': {
        'tests/integration/harness/python_relay.py': 'a relay broken on purpose, under test',
        'tests/tidy/test_house_rules.py': 'bad samples',
    },
    'raw_new_or_delete': {
        'base/log.cpp': 'an object that must outlive every static one is never destroyed',
        'balancer/slot_array.h': 'owns its chunks through atomic pointers',
    },
    'lock_on_data_path': {
        'balancer/journal.h': 'between the control and the admin thread; no reactor comes there',
        'proxy/directory.h': 'between the control and the admin thread; no reactor comes there',
        'proxy/listener_sockets.h': 'between the control and the admin thread, like the directory',
        'proxy/listener_sockets.cpp': 'between the control and the admin thread',
        'proxy/black_box.cpp': 'one exchange, when the process crashes',
        'proxy/admission.cpp': 'one exchange per pause of an acceptor, none while nobody waits',
        'balancer/occupancy.h': 'an exact limit: two writes a session that has a place',
        'proxy/queue_door.h': 'only while all backends of a pool are full',
        'proxy/inbox.h': 'in place of the lock in a post: the one hand-off, once a batch',
        'proxy/inbox.cpp': 'in place of the lock in a post: the one hand-off, once a batch',
    },
}
