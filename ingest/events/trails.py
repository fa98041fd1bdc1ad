"""The record itself was touched: trails, detectors and recorders stopped or changed. From then on absence means less.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
"""

from collections.abc import Iterable

from ingest.deeds import touched
from ingest.event import Registry
from ingest.facts import Fact
from ingest.names import account, last
from ingest.record import Call, Shape

events = Registry()


class WatchAsked(Shape):
    """`requestParameters`: which trail, store, detector or recorder."""

    name: str | None = None
    trail_name: str | None = None
    event_data_store: str | None = None
    detector_id: str | None = None
    configuration_recorder_name: str | None = None
    delivery_channel_name: str | None = None

    @property
    def watcher(self) -> str:
        """What a person calls the trail, store, detector or recorder; '' where the request does not say."""
        shown = (
            self.name
            or self.trail_name
            or self.event_data_store
            or self.detector_id
            or self.configuration_recorder_name
            or self.delivery_channel_name
        )
        return last(shown)


@events.handles(
    "cloudtrail",
    "StopLogging",
    "StartLogging",
    "CreateTrail",
    "UpdateTrail",
    "DeleteTrail",
    "PutEventSelectors",
    "PutInsightSelectors",
    "StopEventDataStoreIngestion",
    "DeleteEventDataStore",
    gives="a trail or event data store stopped, started or changed, as a mark on the account",
    page="https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html",
    denied=True,
)
@events.handles(
    "guardduty",
    "DeleteDetector",
    "UpdateDetector",
    "DisassociateFromMasterAccount",
    "DisassociateFromAdministratorAccount",
    "StopMonitoringMembers",
    gives="a detector deleted or changed, as a mark on the account",
    page="https://docs.aws.amazon.com/guardduty/latest/APIReference/API_DeleteDetector.html",
    denied=True,
)
@events.handles(
    "config",
    "StopConfigurationRecorder",
    "DeleteConfigurationRecorder",
    "DeleteDeliveryChannel",
    gives="a recorder stopped or deleted, as a mark on the account",
    page="https://docs.aws.amazon.com/config/latest/APIReference/API_StopConfigurationRecorder.html",
    denied=True,
)
def watch(call: Call) -> Iterable[Fact]:
    """A mark on the account that received the record, with the trail's name."""
    yield touched(call, account(call), call.request(WatchAsked).watcher)
