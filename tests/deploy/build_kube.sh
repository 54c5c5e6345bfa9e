#!/bin/sh
# Builds kube-apiserver 1.20 from Debian 12's own source package into FOLDER/bin: 34 MB to fetch, 5 minutes of CPU, 2 GB of memory.
# Newer sources of Debian hold kubectl alone. Needs root for apt-get install; the machine's own sources of apt stay as they are.
set -eu
mkdir -p "$1" && cd "$1"
test ! -x bin/kube-apiserver || exit 0
test -x /usr/lib/go-1.19/bin/go -a -x /usr/bin/etcd -a -x /usr/bin/rsync || DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
  -o DPkg::Lock::Timeout=600 install --no-install-recommends golang-1.19-go rsync make etcd-server kubernetes-client > /dev/null
mkdir -p apt/lists/partial apt/cache/archives/partial && : > apt/status
mirror=$(awk '/^URIs:/ {print $2; exit} /^deb / {print $2; exit}' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2> /dev/null)
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm main" > apt/sources.list
here="-o Dir::Etc::sourcelist=$PWD/apt/sources.list -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists=$PWD/apt/lists \
  -o Dir::Cache=$PWD/apt/cache -o Dir::State::status=$PWD/apt/status"
# shellcheck disable=SC2086
apt-get -qq $here update && apt-get -qq $here source --download-only kubernetes/bookworm 2> /dev/null
tar xf kubernetes_*.orig.tar.gz && cd kubernetes-*/
mkdir -p .go/src/k8s.io && ln -sfn ../../.. .go/src/k8s.io/kubernetes
printf '%s\n' "KUBE_GIT_COMMIT='archive'" "KUBE_GIT_TREE_STATE='archive'" "KUBE_GIT_VERSION='v1.20.2'" \
  "KUBE_GIT_MAJOR='1'" "KUBE_GIT_MINOR='20'" > ../version
root=$(dirname "$PWD")
mkdir -p "$root/home"
export GOPATH="$PWD/.go" PATH=/usr/lib/go-1.19/bin:"$PATH" CGO_ENABLED=0 KUBE_GIT_VERSION_FILE="$root/version" HOME="$root/home"
cd .go/src/k8s.io/kubernetes && nice make WHAT=cmd/kube-apiserver GOLDFLAGS="-w -s" > "$root/build.log" 2>&1 ||
  { tail -20 "$root/build.log"; exit 1; }
mkdir -p "$root/bin" && cp _output/local/go/bin/kube-apiserver "$root/bin/" && cd "$root" && rm -rf kubernetes-* apt home
