"""palantir-oauth-client on the cache of one home (`~/.foundry/oauth`), one verb a run, an answer in JSON.

    palantir.py login HOST CLIENT_ID [SCOPE...]   a login by browser, whatever the cache holds
    palantir.py get HOST CLIENT_ID [SCOPE...]     what an application does: from the cache, else it fails (nobody can log in)
    palantir.py load HOST                         what the cache gives for a host
    palantir.py stored HOST                       the same without its refresh
    palantir.py save HOST CLIENT_ID SECRET REFRESH_TOKEN [SCOPE...]   writes a login into the cache
"""

import json
import sys

from palantir_oauth_client import cache, get_user_credentials
from palantir_oauth_client.credentials import Credentials


def answer(credentials):
    if credentials is None:
        print(json.dumps(None))
        return
    print(
        json.dumps(
            {
                "token": credentials.token,
                "refresh_token": credentials.refresh_token,
                "client_id": credentials.client_id,
                "client_secret": credentials.client_secret,
                "token_uri": credentials.token_uri,
                "scopes": credentials.scopes,
                "valid": credentials.valid,
            }
        )
    )


def login(host, client_id, *scopes):
    answer(
        get_user_credentials(
            list(scopes), host, client_id, credentials_cache=cache.REAUTH, use_local_webserver=True
        )
    )


def get(host, client_id, *scopes):
    answer(get_user_credentials(list(scopes), host, client_id))


def load(host):
    answer(cache.READ_WRITE.load(host))


def stored(host):
    # Loading refreshes at once; here only what was read is of interest.
    Credentials.refresh = lambda self: None
    answer(cache.READ_WRITE.load(host))


def save(host, client_id, secret, refresh_token, *scopes):
    uri = f"https://{host}/multipass/api/oauth2/token"
    cache.READ_WRITE.save(
        Credentials(
            None,
            refresh_token=refresh_token,
            token_uri=uri,
            client_id=client_id,
            client_secret=secret or None,
            scopes=list(scopes),
        )
    )
    answer(None)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
