#!/usr/bin/env bash
# A backup goes to another processor and back: made here, restored and worked with by the same tree built for arm64, backed up there,
# restored here. On an emulated processor where this one is another: needs qemu-user-static, and root for binfmt_misc, since coffre
# runs itself to verify. Where that isn't had, it says so in one line and ends with 75.
#     .ci/elsewhere.sh
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
rule=/proc/sys/fs/binfmt_misc/coffre-arm64
end() {
  [ ! -e $rule ] || echo -1 > $rule
  rm -rf "$work"
}
trap end EXIT
go build -o "$work/here" .
GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build -o "$work/far" .
if [ "$(uname -sm)" != "Linux aarch64" ] && ! "$work/far" version > /dev/null 2>&1; then
  [ -e /proc/sys/fs/binfmt_misc/register ] || mount -t binfmt_misc none /proc/sys/fs/binfmt_misc 2> /dev/null || true
  # The first 20 bytes of an ELF file for this processor, and which of their bits count: qemu's own rule.
  printf '%s' ':coffre-arm64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:'"$(command -v qemu-aarch64-static)"':F' \
    2> /dev/null > /proc/sys/fs/binfmt_misc/register || true
  "$work/far" version > /dev/null 2>&1 || { echo "elsewhere: no program for arm64 runs here: not shown"; exit 75; }
fi
here() { "$work/here" "$@" --lang en; }
far() { "$work/far" "$@" --lang en; }
# found WHERE DATA WORD TEXT: a search there shows the text.
found() { grep -qi "$4" <<< "$("$1" search "$3" --data "$2")" || { echo "elsewhere: “$3” is not found in $2"; exit 1; }; }
trap 'echo "elsewhere: line $LINENO failed"' ERR
cp testdata/demo/documents/consignes-incendie.txt testdata/demo/documents/consignation-deconsignation.docx "$work/"
cd "$work"
export XDG_CACHE_HOME="$work/cache"
echo correct-horse-battery > password
here init --data a --firm Ferrand --admin Claire --password-file password > /dev/null 2> kit
sed -nE '/^ +[0-9]+ [a-z]/p' kit | tr -d '0-9\r' | tr -s ' \n' ' ' > words
grep -o 'PRIVATE+KEY.*' kit > recovery
here ingest consignes-incendie.txt --data a > /dev/null
here backup create --data a --out first.age > /dev/null
far backup restore first.age --data b --identity words --recovery-key recovery > /dev/null
far audit verify --data b > /dev/null
found far b extincteur 'ATTAQUER LE FEU'
far ingest consignation-deconsignation.docx --data b > /dev/null
far backup create --data b --out second.age > /dev/null
here backup restore second.age --data c --identity words --recovery-key recovery > /dev/null
here audit verify --data c | tail -3
found here c extincteur 'ATTAQUER LE FEU'
found here c consignation consignation
echo "elsewhere: from $(go env GOARCH) to arm64 and back: verified, found, worked with on both"
