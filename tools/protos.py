"""Generates libs/protos/src from protos/: messages, gRPC stubs and type stubs, plus the descriptor image buf checks.

protovalidate ships no .proto file, so its descriptor is written out of the installed package and handed to protoc.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

import grpc_tools
from google.protobuf import any_pb2, descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from protovalidate._gen.buf.validate import validate_pb

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
OUT = ROOT / "libs/protos/src"
IMAGE = OUT / "kamai.binpb"
STAMP = OUT / ".stamp"


def fingerprint(files: list[Path]) -> str:
    """Hash over the sources and the generators' versions: equal means there is nothing to do."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in ("grpcio-tools", "mypy-protobuf", "protovalidate"):
        digest.update(f"{name}={importlib.metadata.version(name)}\n".encode())
    for file in files:
        digest.update(str(file.relative_to(PROTOS)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def validate_descriptors(target: Path) -> None:
    """Writes the descriptor of buf/validate/validate.proto, with what it imports, to `target`."""
    files = FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2, any_pb2):
        module.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.add().ParseFromString(validate_pb.desc().proto.to_binary())
    target.write_bytes(files.SerializeToString())


def protoc(*arguments: str) -> None:
    """Runs protoc with the plugins of this environment; ends the program with protoc's own message on a fault."""
    plugins = Path(sys.executable).parent
    flags = [f"--plugin={name}={plugins / name}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]
    done = subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", *flags, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr.strip())


def main() -> None:
    files = sorted(PROTOS.rglob("*.proto"))
    wanted = fingerprint(files)
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    validate = OUT / "validate.binpb"
    validate_descriptors(validate)
    protoc(
        f"--descriptor_set_in={validate}",
        f"--python_out={OUT}",
        f"--pyi_out={OUT}",
        "buf/validate/validate.proto",
    )
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    names = [str(file.relative_to(PROTOS)) for file in files]
    protoc(
        f"-I{PROTOS}", f"-I{well_known}", f"--descriptor_set_in={validate}", f"--python_out={OUT}", f"--mypy_out=quiet:{OUT}",
        f"--grpc_python_out={OUT}", f"--mypy_grpc_out=quiet:{OUT}", f"--descriptor_set_out={IMAGE}",
        "--include_imports", "--include_source_info", *names,
    )  # fmt: skip
    validate.unlink()
    packages = {parent for path in OUT.rglob("*_pb2.py") for parent in path.relative_to(OUT).parents} - {Path()}
    for package in packages:
        (OUT / package / "__init__.py").touch()
        (OUT / package / "py.typed").touch()
    STAMP.write_text(wanted)
    print(f"generated the stubs of {len(files)} proto files")


if __name__ == "__main__":
    main()
