"""Keys that AWS services ask for and hand to workloads: EC2, Lambda, ECS, EKS pods, Roles Anywhere, linked roles.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html
"""

from typing import Any, Unpack

from synth import identifiers
from synth.credential import Credential, Session
from synth.ledger import Ledger, outside, passed_tags
from synth.principal import Role
from synth.sts import Terms, role_request, role_response
from synth.trail import Record


class Workloads(Ledger):
    """The verbs of workloads; the account is that of the role."""

    def service_session(self, role: Role, service: str, *, name: str, **terms: Unpack[Terms]) -> Credential:
        """Give a key that an AWS service got for a role in its own name; `times` issues so many in this second.

        Such a record has a sharedEventID though only this one copy of it reaches a customer, and for EC2 and Lambda
        no `assumedRoleUser`.
        """
        return [self._serve(role, service, name, terms) for _ in range(terms.get("times", 1))][-1]

    def _serve(self, role: Role, service: str, name: str, terms: Terms) -> Credential:
        self.standing(role)
        passed = dict(terms.get("tags", {}))
        session = Session(
            kind="role",
            account=self.number,
            bearer=role,
            name=name,
            start=self.trail.now,
            end=self.trail.now + terms.get("duration", 3600),
            passed=passed,
            transitive=passed_tags(passed, terms.get("transitive", [])),
            source_identity=terms.get("source_identity", ""),
            **outside("AWSService", service, service, service),
        )
        made = self.open(session)
        request = role_request(session, terms)
        response = role_response(session, self.credentials_of(made))
        if service in {"ec2.amazonaws.com", "lambda.amazonaws.com"}:
            del response["assumedRoleUser"]
            request.pop("durationSeconds", None)
        resource = {"accountId": self.number, "type": "AWS::IAM::Role", "ARN": role.arn}
        extra = {"sharedEventID": identifiers.uuid(self.rng), "resources": [resource]}
        record = self.service_call(service, "sts:AssumeRole", request=request, response=response, extra=extra)
        session.records = (record["eventID"],)
        return made

    def instance(self, role: Role, *, identifier: str = "", times: int = 2) -> Credential:
        """Give a key of an EC2 instance's profile; the session bears the instance's id."""
        name = identifier or identifiers.hexid("i-", self.rng)
        made = self.service_session(role, "ec2.amazonaws.com", name=name, duration=23_700, times=times)
        arn = f"arn:aws:ec2:{self.region}:{self.number}:instance/{name}"
        self._scope(made, "AWS::EC2::Instance", arn)
        made.session.context = {"ec2RoleDelivery": "2.0"}
        return made

    def function(self, role: Role, name: str) -> Credential:
        """Give a key of a Lambda function; the session bears the function's name."""
        made = self.service_session(role, "lambda.amazonaws.com", name=name, duration=43_200)
        self._scope(made, "AWS::Lambda::Function", f"arn:aws:lambda:{self.region}:{self.number}:function:{name}")
        return made

    def _scope(self, made: Credential, kind: str, arn: str) -> None:
        if self.trail.old_style:
            return
        scope = {
            "sourceArn": arn,
            "sourceAccount": self.number,
            "issuerType": kind,
            "credentialsIssuedTo": arn,
        }
        made.session.scope = {"inScopeOf": scope}

    def task(self, role: Role) -> Credential:
        """Give a key of an ECS task; the session bears the task's id."""
        return self.service_session(role, "ecs-tasks.amazonaws.com", name=identifiers.hexid("", self.rng, 32))

    def pod(self, role: Role, *, node: Credential, cluster: str, namespace: str, service_account: str) -> Credential:
        """Give a key of an EKS pod by Pod Identity: the node asks, the service assumes, six tags go down the chain.

        https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
        """
        pod = f"{service_account}-{self.rng.getrandbits(40):010x}"
        uid = identifiers.uuid(self.rng)
        tags = {
            "eks-cluster-arn": f"arn:aws:eks:{self.region}:{self.number}:cluster/{cluster}",
            "eks-cluster-name": cluster,
            "kubernetes-namespace": namespace,
            "kubernetes-service-account": service_account,
            "kubernetes-pod-name": pod,
            "kubernetes-pod-uid": uid,
        }
        hidden = {"clusterName": cluster, "token": "HIDDEN_DUE_TO_SECURITY_REASONS"}
        self.call(node, "eks-auth:AssumeRoleForPodIdentity", request=hidden)
        name = f"eks-{cluster[:10]}-{pod[:12]}-{uid}"[:64]
        return self.service_session(
            role, "pods.eks.amazonaws.com", name=name, tags=tags, transitive=list(tags), duration=21_600
        )

    def anywhere(self, role: Role, *, common_name: str) -> Credential:
        """Give a key that a machine got for its X.509 certificate; the session bears the certificate's serial.

        https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
        """
        serial = identifiers.hexid("", self.rng, 32)
        profile = f"arn:aws:rolesanywhere:{self.region}:{self.number}:profile/{identifiers.uuid(self.rng)}"
        anchor = f"arn:aws:rolesanywhere:{self.region}:{self.number}:trust-anchor/{identifiers.uuid(self.rng)}"
        made = self.service_session(
            role,
            "rolesanywhere.amazonaws.com",
            name=serial,
            source_identity=f"CN={common_name}",
            tags={"x509Subject/CN": common_name, "x509Issuer/CN": "Example Machines CA"},
        )
        who = {"type": "Unknown", "principalId": "", "accountId": self.number}
        request = {"roleArn": role.arn, "profileArn": profile, "trustAnchorArn": anchor}
        self.bare_call(who, "rolesanywhere:CreateSession", request={**request, "durationSeconds": 3600})
        return made

    def linked_use(self, role: Role, service: str, event: str, *, name: str, **parts: Any) -> Record:  # noqa: ANN401 -- of Parts
        """Let a service act by its linked role: an AssumeRole, then a call whose identity has no key at all."""
        issued = self.service_session(role, service, name=name, duration=900)
        keyless = self.open(issued.session, key="", issued=False, link="session")
        return self.call(keyless, event, invoked_by=service, **parts)

    def unseen_session(self, role: Role, *, name: str) -> Credential:
        """Give a key of a role session whose issuance is in no trail: known by its use alone."""
        nobody = outside("Unknown", "", "", "")
        session = Session(
            kind="role", account=self.number, bearer=role, name=name, start=self.trail.now, passed={}, **nobody
        )
        return self.open(session, issued=False, link="observed")
