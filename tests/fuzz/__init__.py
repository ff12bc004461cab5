"""Servers asked everything that their OpenAPI document allows, and much that it forbids (schemathesis).

Single requests, and sequences in which an answer's ids are used by the requests that follow. No answer may be
a failure of the server, and none may be of a kind, a shape or a status that the document does not name.
`tests/gateway/test_openapi.py` and `tests/speech/server/test_openapi.py` do so within a minute each, always
the same; `make fuzz` goes on longer, with other requests each time.
"""
