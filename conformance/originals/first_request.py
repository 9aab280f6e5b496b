"""From process start to the first authorised request, as an application of each original does it with a good cached token.

    first_request.py planet PROFILE URL
    first_request.py palantir HOST CLIENT_ID SCOPE URL
    first_request.py alf REDIS_PORT TOKEN_ENDPOINT CLIENT_ID CLIENT_SECRET URL
"""

import sys

# This folder holds a file that has the name of a package.
sys.path.pop(0)
name, *arguments, url = sys.argv[1:]

if name == "planet":
    import requests
    from planet_auth_utils import PlanetAuthFactory

    auth = PlanetAuthFactory.initialize_auth_client_context(auth_profile_opt=arguments[0])
    response = requests.get(url, auth=auth.request_authenticator())
elif name == "palantir":
    import requests
    from palantir_oauth_client import get_user_credentials

    host, client_id, scope = arguments
    credentials = get_user_credentials([scope], host, client_id)
    response = requests.get(url, headers={"Authorization": f"Bearer {credentials.token}"})
elif name == "alf":
    import redis
    from alf.client import Client

    port, endpoint, client_id, client_secret = arguments
    storage = redis.StrictRedis(port=int(port), decode_responses=True)
    client = Client(token_endpoint=endpoint, client_id=client_id, client_secret=client_secret, token_storage=storage)
    response = client.get(url)
else:
    raise SystemExit(__doc__)
print(response.status_code)
