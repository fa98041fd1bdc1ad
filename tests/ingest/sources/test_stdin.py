import io

from ingest.decode import read_from
from ingest.limits import Limits
from ingest.source import Chunk
from ingest.sources.stdin import Stdin


def test_standard_input_is_one_object() -> None:
    """What is piped in is read like a file, under the name `-`."""
    source = Stdin(io.BytesIO(b'{"eventName":"A","eventID":"1"}\n{"eventName":"B","eventID":"2"}\n'))
    (item,) = source.objects()

    (chunk,) = read_from(source, item, Limits())

    assert isinstance(chunk, Chunk)
    assert (item.name, item.stamp, len(chunk.records)) == ("-", "", 2)
    assert chunk.position(1) == "line 2"
