//! For those who need tokens: clients, logins, sessions, profiles, and authenticators for HTTP clients.
