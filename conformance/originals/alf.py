"""alf with its tokens in one Redis, an answer in JSON for each line on standard input.

    alf.py REDIS_PORT TOKEN_ENDPOINT CLIENT_ID CLIENT_SECRET

    get URL     one request of alf's client
    token       the token that its manager gives
    forget      what its client does after a 401: memory and storage are emptied
"""

import json
import sys

# This file has the name of the package that it needs.
sys.path.pop(0)

import redis  # noqa: E402
from alf.client import Client  # noqa: E402

port, endpoint, client_id, client_secret = sys.argv[1:]
storage = redis.StrictRedis(port=int(port), decode_responses=True)
client = Client(token_endpoint=endpoint, client_id=client_id, client_secret=client_secret, token_storage=storage)

for line in sys.stdin:
    verb, _, rest = line.strip().partition(" ")
    if verb == "get":
        response = client.get(rest)
        answer = {"status": response.status_code, "authorization": response.request.headers.get("Authorization")}
    elif verb == "token":
        answer = {"token": client._token_manager.get_token()}
    elif verb == "forget":
        client._token_manager.reset_token()
        answer = {}
    else:
        raise SystemExit(f"unknown verb {verb}")
    print(json.dumps(answer), flush=True)
