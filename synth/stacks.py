"""CloudFormation stacks, and what services do with a caller's own rights (forward access sessions).

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

from typing import Any

import msgspec

from synth import identifiers
from synth.credential import Credential, Session
from synth.principal import Role
from synth.trail import Record
from synth.workloads import Workloads

_CLOUDFORMATION = "cloudformation.amazonaws.com"


class Stack(msgspec.Struct, eq=False, kw_only=True):
    """A stack; it remembers the role that it was given, whoever changes it later."""

    id: str
    name: str
    role: Role | None


class Stacks(Workloads):
    """The verbs of stacks and of forwarded calls."""

    def forwarded(self, by: Credential, service: str, event: str, **parts: Any) -> Credential:  # noqa: ANN401 -- of Parts
        """Let a service make a call with the rights of `by`, and give the key that it used: one that nobody issued.

        For a long-lived key it is a key for this one call, begun in this second or the one before; for a session's
        key one more key of that session, with the session's creationDate.
        """
        self.check(by)
        session, link = by.session, "session" if by.session.records else by.link
        if session.kind == "long-lived":
            start = self.trail.now - self.rng.randrange(2)
            link = "observed"
            session = Session(kind="forwarded", account=session.account, bearer=session.bearer, start=start)
        elif by.link == "observed":
            link = "observed"
        made = self.open(session, issued=False, link=link)
        self.call(made, event, invoked_by=service, **parts)
        return made

    def create_stack(self, name: str, *, by: Credential, role: Role | None = None) -> Stack:
        """Make a stack, with a role of its own or with the caller's rights."""
        made = Stack(
            id=f"arn:aws:cloudformation:{self.region}:{self.number}:stack/{name}/{identifiers.uuid(self.rng)}",
            name=name,
            role=role,
        )
        request: dict[str, Any] = {"stackName": name, "capabilities": ["CAPABILITY_NAMED_IAM"], "parameters": []}
        if role is not None:
            request["roleARN"] = role.arn
        self.call(by, "cloudformation:CreateStack", request=request, response={"stackId": made.id})
        return made

    def update_stack(self, stack: Stack, *, by: Credential, role: Role | None = None) -> None:
        """Change a stack; a role that is given replaces the one it had, and stays."""
        request: dict[str, Any] = {"stackName": stack.name, "parameters": []}
        if role is not None:
            request["roleARN"] = role.arn
        self.call(by, "cloudformation:UpdateStack", request=request, response={"stackId": stack.id})
        stack.role = role or stack.role

    def delete_stack(self, stack: Stack, *, by: Credential) -> None:
        """Delete a stack."""
        self.call(by, "cloudformation:DeleteStack", request={"stackName": stack.id})

    def stack_acts(self, stack: Stack, event: str, *, by: Credential, **parts: Any) -> Credential:  # noqa: ANN401 -- of Parts
        """Let a stack do something that `by` asked for, and give the key that it did it with.

        With a role: a session `AWSCloudFormation` of that role. Without: a forward access session of the caller.
        """
        if stack.role is None:
            return self.forwarded(by, _CLOUDFORMATION, event, **parts)
        made = self.service_session(stack.role, _CLOUDFORMATION, name="AWSCloudFormation")
        made.session.asked_by = by.key
        self.call(made, event, invoked_by=_CLOUDFORMATION, **parts)
        return made

    def use(self, by: Credential, event: str, **parts: Any) -> Record:  # noqa: ANN401 -- of Parts
        """Make a plain call of any service, such as `s3:ListBuckets`, and give its record."""
        return self.call(by, event, **parts)
