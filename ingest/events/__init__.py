"""The handlers of all events, one module a service: a new event is a handler, a test and a row in docs/events.md."""

from ingest.event import Registry
from ingest.events import (
    awslambda,
    cloudformation,
    cognito,
    ec2,
    ecs,
    eks,
    iam_credentials,
    iam_policies,
    iam_providers,
    iam_roles,
    iam_users,
    organizations,
    rolesanywhere,
    signin,
    ssm,
    sso,
    sts,
    trails,
    workloads,
)

HANDLERS = Registry(
    sts.events,
    iam_users.events,
    iam_roles.events,
    iam_credentials.events,
    iam_policies.events,
    iam_providers.events,
    signin.events,
    sso.events,
    cognito.events,
    rolesanywhere.events,
    cloudformation.events,
    ec2.events,
    awslambda.events,
    ecs.events,
    eks.events,
    ssm.events,
    workloads.events,
    organizations.events,
    trails.events,
)
"""Every handler, found by the event's source and name."""
