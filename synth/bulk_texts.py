"""The texts of bulk records: identities and records as JSON with holes, filled in without any encoder."""

import random

import msgspec

from synth import identifiers, moments

Scene = tuple[str, str, str, str]
"""Where and when a record is: account, Region, event time, and 64 hex digits for its two ids."""


class Actor(msgspec.Struct, frozen=True, gc=False):
    """Who calls: `identity` is the JSON of `userIdentity`; depth 0 is a user, 1 a role that a user assumed.

    An `heir` has the transitive tag `team=platform`, from its own call or down its chain.
    """

    identity: str
    key: str
    arn: str
    principal_id: str
    agent: str
    address: str
    depth: int
    start: int
    heir: bool = False


class Role(msgspec.Struct, frozen=True, gc=False):
    """A role of a bulk trail."""

    id: str
    name: str
    account: str

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:iam::{self.account}:role/{self.name}"


_AGENTS = (
    "APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/6.14.0 aws-sdk",
    "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0-79 md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython",
    "aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.25.1 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.254.1 m/E,g,Z,i",
    "Boto3/1.40.61 md/Botocore#1.40.61 ua/2.1 os/linux#6.1.153 md/arch#aarch64 lang/python#3.12.11 md/pyimpl#CPython",
)
_USER = '{"type":"IAMUser","principalId":"%s","arn":"%s","accountId":"%s","accessKeyId":"%s","userName":"%s"}'
_SESSION = (
    '{"type":"AssumedRole","principalId":"%s","arn":"%s","accountId":"%s","accessKeyId":"%s","sessionContext":'
    '{"sessionIssuer":{"type":"Role","principalId":"%s","arn":"%s","accountId":"%s","userName":"%s"},'
    '"webIdFederationData":{},"attributes":{"creationDate":"%s","mfaAuthenticated":"false"}}}'
)
_HEAD = (
    '{"eventVersion":"1.11","userIdentity":%s,"eventTime":"%s","eventSource":"%s.amazonaws.com","eventName":"%s",'
    '"awsRegion":"%s","sourceIPAddress":"%s","userAgent":"%s","requestParameters":%s,"responseElements":%s,'
    '"requestID":"%s","eventID":"%s","readOnly":%s,%s"eventType":"AwsApiCall","managementEvent":true,'
    '"recipientAccountId":"%s","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":'
    '"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"%s.%s.amazonaws.com"}}'
)
_FILTERS = (
    '{"instancesSet":{},"maxResults":1000,"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":'
    '[{"value":"running"},{"value":"pending"},{"value":"stopping"},{"value":"stopped"}]}},{"name":"tag:Environment",'
    '"valueSet":{"items":[{"value":"production"}]}},{"name":"vpc-id","valueSet":{"items":[{"value":"vpc-%s"}]}}]}}'
)
_ROLE_POLICY = (
    '{"roleName":"worker-%s","policyName":"inline-access-for-worker","maxItems":1000,"pathPrefix":"/service/"}'
)
_BUCKET = (
    '{"bucketName":"example-artifacts-%s","Host":"example-artifacts-%s.s3.amazonaws.com","encryption":"",'
    '"x-amz-expected-bucket-owner":"self"}'
)
_DECRYPT = (
    '{"encryptionContext":{"SecretARN":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/shop/%s",'
    '"SecretVersionId":"%s"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}'
)
_EVENTS = (
    ("ec2", "DescribeInstances", _FILTERS, "null", "true"),
    ("ec2", "DescribeNetworkInterfaces", _FILTERS, "null", "true"),
    ("ec2", "DescribeVolumes", _FILTERS, "null", "true"),
    ("iam", "GetRolePolicy", _ROLE_POLICY, "null", "true"),
    ("s3", "GetBucketEncryption", _BUCKET, "null", "true"),
    ("kms", "Decrypt", _DECRYPT, "null", "true"),
    ("sqs", "SetQueueAttributes", _BUCKET, '{"requestId":"done","result":{"accepted":true}}', "false"),
    ("ec2", "DescribeSecurityGroups", _FILTERS, "null", "true"),
)
_ASKED = '{"roleArn":"%s","roleSessionName":"%s","durationSeconds":3600%s}'
_ISSUED = (
    '{"credentials":{"accessKeyId":"%s","sessionToken":"%s","expiration":"%s"},'
    '"assumedRoleUser":{"assumedRoleId":"%s","arn":"%s"}}'
)
_RESOURCE = '"resources":[{"accountId":"%s","type":"AWS::IAM::Role","ARN":"%s"}],'
_PASSED = ',"tags":[{"key":"team","value":"platform"},{"key":"ticket","value":"OPS-1107"}],"transitiveTagKeys":["team"]'
_INHERITED = ',"incomingTransitiveTags":{"team":"platform"}'


def user(account: str, number: int, rng: random.Random) -> Actor:
    """Give a user with a long-lived key."""
    name, identifier = f"user-{number:05d}", identifiers.mint("AIDA", account, rng)
    arn, key = f"arn:aws:iam::{account}:user/{name}", identifiers.mint("AKIA", account, rng)
    text = _USER % (identifier, arn, account, key, name)
    return Actor(text, key, arn, identifier, rng.choice(_AGENTS), _address(rng), 0, 0)


def role(account: str, number: int, rng: random.Random) -> Role:
    """Give a role."""
    return Role(identifiers.mint("AROA", account, rng), f"application-role-{number:05d}", account)


def session(role: Role, parent: Actor, now: int, rng: random.Random) -> Actor:
    """Give a session of a role that `parent` opens now; half of the users' first sessions pass tags."""
    name, account = f"session-{rng.getrandbits(40):010x}", role.account
    principal, key = f"{role.id}:{name}", identifiers.mint("ASIA", account, rng)
    arn = f"arn:aws:sts::{account}:assumed-role/{role.name}/{name}"
    issuer = (role.id, role.arn, account, role.name)
    text = _SESSION % (principal, arn, account, key, *issuer, moments.iso(now))
    heir = parent.heir or (parent.depth == 0 and rng.getrandbits(1) == 1)
    return Actor(text, key, arn, principal, rng.choice(_AGENTS), _address(rng), parent.depth + 1, now, heir)


def event(actor: Actor, scene: Scene, rng: random.Random) -> str:
    """Give the record of a plain call."""
    source, name, request, response, reads = _EVENTS[rng.getrandbits(3)]
    hole = scene[3][40:52]
    request = request % ((hole,) * request.count("%s"))
    return _record(actor, scene, (source, name, request, response, reads, ""))


def assume_role(parent: Actor, child: Actor, scene: Scene, now: int, rng: random.Random) -> str:
    """Give the record of an AssumeRole by `parent` that opened `child`."""
    account = scene[0]
    name = child.arn.rpartition("/")[2]
    role = f"arn:aws:iam::{account}:role/{child.arn.split('/')[1]}"
    tags = _PASSED if parent.depth == 0 and child.heir else _INHERITED if parent.heir else ""
    request = _ASKED % (role, name, tags)
    issued = (child.key, identifiers.session_token(rng, 480), moments.spoken(now + 3600, "comma"))
    response = _ISSUED % (*issued, child.principal_id, child.arn)
    return _record(parent, scene, ("sts", "AssumeRole", request, response, "true", _RESOURCE % (account, role)))


def _record(actor: Actor, scene: Scene, call: tuple[str, str, str, str, str, str]) -> str:
    account, region, time, noise = scene
    source, name, request, response, reads, resources = call
    ids = (_uuid(noise[:32]), _uuid(noise[32:]))
    head = (actor.identity, time, source, name, region, actor.address, actor.agent, request, response)
    return _HEAD % (*head, *ids, reads, resources, account, source, region)


def _uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _address(rng: random.Random) -> str:
    return f"10.{rng.getrandbits(8)}.{rng.getrandbits(8)}.{rng.randrange(1, 255)}"
