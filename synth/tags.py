"""Tags of principals and sessions: their keys are compared without case, and the spelling set last stays.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""

from collections.abc import Iterable

Tags = dict[str, str]


def merge(*layers: Tags) -> Tags:
    """Give all tags of the layers; a later layer's value and spelling win over an earlier one's."""
    merged: dict[str, tuple[str, str]] = {}
    for layer in layers:
        for key, value in layer.items():
            merged[key.casefold()] = (key, value)
    return dict(merged.values())


def without(tags: Tags, keys: Iterable[str]) -> Tags:
    """Give the tags that are left when these keys are taken away, whatever their case."""
    gone = {key.casefold() for key in keys}
    return {key: value for key, value in tags.items() if key.casefold() not in gone}


def clash(one: Tags, other: Tags) -> bool:
    """Tell whether the two have a key in common."""
    return not {key.casefold() for key in one}.isdisjoint(key.casefold() for key in other)


def listed(tags: Tags) -> list[dict[str, str]]:
    """Give `[{"key": …, "value": …}]`, as AssumeRole and IAM log tags (SAML and OIDC log a map)."""
    return [{"key": key, "value": value} for key, value in tags.items()]
