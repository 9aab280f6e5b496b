"""planet-auth's own library on the files of one home, one verb a run, an answer in JSON.

    planet.py read PROFILE            what the library makes of the stored configuration and token
    planet.py write PROFILE           saves the configuration (and token) that standard input holds
    planet.py default                 the profile that the library takes when none is named
    planet.py login PROFILE           a login by browser, as an application does it
    planet.py device PROFILE          a device login; prints the code, then waits for the person
    planet.py call PROFILE URL        one authorised request
    planet.py calls PROFILE URL       the same for each line on standard input, in one long-lived process
    planet.py ready PROFILE           request_authenticator_is_ready, before anything is fetched
"""

import json
import pathlib
import sys
import time

import planet_auth
import requests
from planet_auth_utils import PlanetAuthFactory
from planet_auth_utils.profile import Profile


def answer(value):
    json.dump(value, sys.stdout)
    sys.stdout.write("\n")
    sys.stdout.flush()


def context(profile):
    return PlanetAuthFactory.initialize_auth_client_context(auth_profile_opt=profile)


def held(auth):
    credential = auth.request_authenticator().credential()
    if credential is None:
        return None
    credential.load()
    return credential.data()


def read(profile):
    auth = context(profile)
    config = auth.auth_client().config()
    has_token = auth.token_file_path() is not None and pathlib.Path.home().joinpath(auth.token_file_path()).exists()
    answer(
        {
            "config_class": type(config).__name__,
            "config": config.data(),
            "profile": auth.profile_name(),
            "credential": held(auth) if has_token else None,
        }
    )


def write(profile):
    given = json.load(sys.stdin)
    config = planet_auth.AuthClientConfig.from_dict(given["config"])
    config.set_path(Profile.get_profile_file_path(profile=profile, filename="auth_client.json"))
    config.save()
    if given.get("credential"):
        auth = context(profile)
        auth.request_authenticator().update_credential_data(given["credential"])
    read(profile)


def default():
    answer({"profile": PlanetAuthFactory.initialize_auth_client_context().profile_name()})


def login(profile):
    credential = context(profile).login(allow_open_browser=True, extra={"prompt": "consent"})
    answer(credential.data())


def device(profile):
    auth = context(profile)
    started = auth.device_login_initiate(extra={"prompt": "consent"})
    answer(started)
    sys.stdin.readline()
    started["interval"] = 1
    answer(auth.device_login_complete(started).data())


def one_call(auth, url):
    response = requests.get(url, auth=auth.request_authenticator(), timeout=30)
    sent = response.request.headers.get("Authorization")
    return {"status": response.status_code, "authorization": sent, "at": time.time()}


def call(profile, url):
    answer(one_call(context(profile), url))


def calls(profile, url):
    auth = context(profile)
    for _ in sys.stdin:
        answer(one_call(auth, url))


def ready(profile):
    answer({"ready": context(profile).request_authenticator_is_ready()})


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
