"""Makes the current protos the ones that `make lint` compares with; run it with a release, never to silence the comparison."""

from __future__ import annotations

from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    image = FileDescriptorSet.FromString((ROOT / "libs/protos/src/kamai.binpb").read_bytes())
    for file in image.file:
        file.ClearField("source_code_info")
    (ROOT / "protos/released.binpb").write_bytes(image.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
