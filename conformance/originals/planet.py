"""planet-auth's own library on the files of one home: a list in JSON on standard input, an answer in JSON, and again.

Every line makes its own context from the files, as a new process would, except for `calls`.

    ["read", profile]               what the library makes of the stored configuration and token
    ["write", profile, given]       saves the given configuration (and credential)
    ["default"]                     the profile that the library takes when none is named
    ["login", profile]              a login by browser, as an application does it
    ["begin_device", profile]       begins a device login
    ["end_device", profile, begun]  waits for the person
    ["call", profile, url]          one authorised request
    ["calls", profile, url]         the same, by a context that lives as long as this process
    ["ready", profile]              request_authenticator_is_ready, before anything is fetched
"""

import json
import os
import pathlib
import sys

import planet_auth
import requests
from planet_auth_utils import PlanetAuthFactory
from planet_auth_utils.profile import Profile


def said(data):
    """Without nulls, and without the library's own marks."""
    return data and {k: v for k, v in data.items() if v is not None and not k.startswith("__")}


def context(profile):
    return PlanetAuthFactory.initialize_auth_client_context(auth_profile_opt=profile)


def held(auth):
    credential = auth.request_authenticator().credential()
    if credential is None:
        return None
    credential.load()
    return said(credential.data())


def read(profile):
    auth = context(profile)
    config = auth.auth_client().config()
    has_token = auth.token_file_path() is not None and pathlib.Path.home().joinpath(auth.token_file_path()).exists()
    return {
        "config_class": type(config).__name__,
        "config": said(config.data()),
        "profile": auth.profile_name(),
        "credential": held(auth) if has_token else None,
    }


def write(profile, given):
    config = planet_auth.AuthClientConfig.from_dict(given["config"])
    config.set_path(Profile.get_profile_file_path(profile=profile, filename="auth_client.json"))
    config.save()
    if given.get("credential"):
        auth = context(profile)
        auth.request_authenticator().update_credential_data(given["credential"])
    return read(profile)


def default():
    return {"profile": PlanetAuthFactory.initialize_auth_client_context().profile_name()}


def login(profile):
    return context(profile).login(allow_open_browser=True, extra={"prompt": "consent"}).data()


def begin_device(profile):
    return context(profile).device_login_initiate(extra={"prompt": "consent"})


def end_device(profile, begun):
    begun["interval"] = 1
    return context(profile).device_login_complete(begun).data()


def one_call(auth, url):
    response = requests.get(url, auth=auth.request_authenticator(), timeout=30)
    return {"status": response.status_code, "authorization": response.request.headers.get("Authorization")}


def call(profile, url):
    return one_call(context(profile), url)


def calls(profile, url):
    if profile not in kept:
        kept[profile] = context(profile)
    return one_call(kept[profile], url)


def ready(profile):
    return {"ready": context(profile).request_authenticator_is_ready()}


kept = {}
# The library and the browsers that it starts talk on standard output; the answers go where nobody else writes.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for line in sys.stdin:
    verb, *arguments = json.loads(line)
    print(json.dumps(globals()[verb](*arguments)), file=answers, flush=True)
