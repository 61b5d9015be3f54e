#!/usr/bin/env bash
# Installs what some tests and examples need from the system: Open MPI, mpi4py and numpy, Java (Debian, Ubuntu).
set -euo pipefail
if command -v mpirun >/dev/null && /usr/bin/python3 -c 'import mpi4py, numpy' 2>/dev/null && command -v java >/dev/null; then exit 0; fi
if ! command -v apt-get >/dev/null; then
  echo "install Open MPI, python3, mpi4py, numpy and Java 17 with this system's package manager" >&2
  exit 1
fi
sudo=""
if [ "$(id -u)" -ne 0 ]; then sudo=sudo; fi
$sudo apt-get update -q
$sudo apt-get install -q -y --no-install-recommends openmpi-bin python3 python3-mpi4py python3-numpy openjdk-17-jre-headless
