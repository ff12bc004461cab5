"""People and programs: who they are, how they prove it, what belongs to whom.

Other features declare `CurrentUser` or `CurrentAdmin` in their routes and scope every query by the
principal's `tenant_id`; they need nothing else of this folder.
"""

from ecg.accounts.access_tokens import AccessTokens
from ecg.accounts.dependencies import CurrentAdmin, CurrentPerson, CurrentUser, Identities, principal_of
from ecg.accounts.principal import Principal, Role

__all__ = [
    "AccessTokens",
    "CurrentAdmin",
    "CurrentPerson",
    "CurrentUser",
    "Identities",
    "Principal",
    "Role",
    "principal_of",
]
