"""A client of Asterisk's manager interface, by a library that is not ours, for tests/pbx/ami.rs.

Prints each event as a line of JSON; takes actions as lines of JSON from its input and prints what comes in answer, with
the events of a list among it.
"""

import asyncio
import json
import sys

from panoramisk import Manager


def say(kind, message):
    print(json.dumps({kind: dict(message.items())}), flush=True)


async def answer(manager, action):
    response = await manager.send_action(action)
    for message in response if isinstance(response, list) else [response]:
        say("answer", message)
    print(json.dumps({"done": action["Action"]}), flush=True)


async def main(port):
    manager = Manager(host="127.0.0.1", port=port, username="test", secret="test")
    manager.register_event("*", lambda manager, message: say("event", message))
    await manager.connect()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        await answer(manager, json.loads(line))


asyncio.run(main(int(sys.argv[1])))
