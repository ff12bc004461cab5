"""Projects: scenarios that people edit, each change made from a version that it names, none of them lost.

projects = Projects(database, settings)
project_id = await projects.create(tenant_id, owner_id, "holiday.mp4", scenario, source={"job_id": …})
"""

from ecg.projects.history import History
from ecg.projects.service import Projects, TooManyProjects
from ecg.projects.upkeep import keep_projects
from ecg.projects.views import OpenProject, ProjectView, Saved, StaleVersion

__all__ = [
    "History",
    "OpenProject",
    "ProjectView",
    "Projects",
    "Saved",
    "StaleVersion",
    "TooManyProjects",
    "keep_projects",
]
