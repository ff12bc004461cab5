"""The web app: pages for people, built from `frontend/` and served by the API server at `/`.

Its build lies in `site/`, comes with the wheel, and needs no Node to run.
"""

from ecg.web_app.pages import serve_pages
from ecg.web_app.site import SITE, Site, load_site

__all__ = ["SITE", "Site", "load_site", "serve_pages"]
