"""One module a migration; each is written once and never changed after a release."""
