"""Every exception that whodunnit raises on purpose: one tree, so that one `except` ends the command line in a sentence.

    WhodunnitError
    ├── SourceError            the input as a whole
    │   ├── MissingSource      a path, bucket or queue that is not there
    │   └── UnreadableSource   it is there, but may not or cannot be read
    ├── StoreError             the graph
    │   ├── StoreMissing       asked before anything was ingested
    │   ├── StoreVersionError  written by another version of whodunnit
    │   ├── StoreAway          nobody answers at its address
    │   ├── StoreBusy          another process holds it
    │   ├── StoreFull          no room left on its disk
    │   ├── StoreRefused       it does not let this user in, or not write
    │   └── StoreDamaged       not a store at all, or a broken one
    ├── LakeError              the lake of enriched trails
    │   ├── LakeMissing        there is none, or its bucket is not there
    │   ├── LakeForeign        the place holds other things
    │   ├── LakeVersion        written by another version of whodunnit
    │   ├── LakeRefused        this user may not read or write there
    │   ├── LakeFull           no room left on its disk
    │   └── LakeAway           its server cannot be reached, or is too busy
    ├── NotFound               a question whose answer is "no"
    └── UsageError             arguments that make no sense

The message of each is one sentence for a person. What is wrong with *one* record or file of many is no exception but
a `Quarantined` value: it never stops the rest.
"""


class WhodunnitError(Exception):
    """Whatever whodunnit can explain in a sentence; catch it where a command ends."""


class SourceError(WhodunnitError):
    """The input as a whole cannot be used; catch it before anything was read."""


class MissingSource(SourceError):
    """A source that was named is not there; nothing was read yet, so the name can be put right and tried again."""


class UnreadableSource(SourceError):
    """A source is there but cannot be opened; catch it to quarantine that one object and go on."""


class StoreError(WhodunnitError):
    """The graph cannot be used; nothing of the running batch was kept."""


class StoreMissing(StoreError):
    """A question was asked of a store that holds nothing yet; ingest first."""


class StoreVersionError(StoreError):
    """The store's schema is not one that this version reads or migrates; catch it to name both versions."""


class StoreAway(StoreError):
    """The store's server cannot be reached, or was lost on the way; what was committed stays, the next run goes on."""


class StoreBusy(StoreError):
    """Another process holds the store's lock for longer than we wait; trying later may work."""


class StoreFull(StoreError):
    """The store's disk is full; what was committed stays, and the run can go on once there is room."""


class StoreRefused(StoreError):
    """The store does not let this user in, or does not let it write; another user or password may be."""


class StoreDamaged(StoreError):
    """The file or database is no store of ours, or it is broken; nothing is written to it."""


class LakeError(WhodunnitError):
    """The lake cannot be used; files that were written whole and committed stay."""


class LakeMissing(LakeError):
    """There is no lake, or not even a bucket; export first, or put the name right."""


class LakeForeign(LakeError):
    """The place holds other things, or a lake of another form; nothing is written among them."""


class LakeVersion(LakeError):
    """The lake's layout is not one that this version reads or writes; catch it to name both versions."""


class LakeRefused(LakeError):
    """This user, or these keys, may not read or write there."""


class LakeFull(LakeError):
    """The lake's disk is full; what was committed stays, and the run can go on once there is room."""


class LakeAway(LakeError):
    """The lake's server cannot be reached, was lost on the way, or stayed too busy; the next run goes on."""


class NotFound(WhodunnitError):
    """What was asked for is not in the graph; the message says what the graph covers."""


class UsageError(WhodunnitError):
    """Arguments that make no sense together or cannot be understood; nothing was done."""
