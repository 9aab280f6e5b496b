//! Every OAuth and OpenID exchange as two pure steps: make the request, read the response.
