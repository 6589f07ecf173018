# get-file against a local server: connections that break, servers without ranges, other bytes, another size, no such file.
# SPDX-License-Identifier: MIT
mkdir served
awk 'BEGIN { for (i = 0; i < 60000; i++) printf "%d ", i * i }' > served/file
size=$(wc -c < served/file)
sum=$(sha256sum served/file | cut -d' ' -f1)
python3 "$data/server.py" served port log &
server=$!
trap 'kill $server 2>/dev/null' EXIT
for i in 1 2 3 4 5 6 7 8 9 10; do [ -f port ] && break; sleep 0.3; done
base=http://127.0.0.1:$(cat port)
PLEAT_RETRY_WAIT=0 no_proxy="*"
export PLEAT_RETRY_WAIT no_proxy
plain() { sed -e "s|127.0.0.1:[0-9]*|HOST|g" -e "s|$size|SIZE|g" -e "s|$sum|RIGHT|g" -e 's/[0-9a-f]\{64\}/WRONG/' -e "s/only [0-9.]* GB/only N GB/"; }
requests() { plain < log | sed -e "s/bytes=[1-9][0-9]*-/bytes=SOME-/" -e 's/^/  /'; : > log; }
get() {
  echo "\$ get-file $1"
  code=0
  "$top/tools/get-file" "$base/$1" "$2" "${3:-$size}" "$sum" > said 2>&1 || code=$?
  sed -e 's/after [1-9][0-9]* of/after SOME of/' said | plain
  echo "[exit $code]"
  requests
}
get good/file good
cmp good served/file && ls good*
get cut/file cut
cmp cut served/file
get plain/file plain
cmp plain served/file
get changed/file changed
cmp changed served/file
get busy/file busy
cmp busy served/file
get moved/file moved
cmp moved served/file
get wrong/file wrong
get short/file short
get none/file none
get good/file "no-such-folder/file"
# what an earlier run has left is gone on with, and what is too long or wrong is not
head -c 100000 served/file > later.part
get good/file later
cmp later served/file
cat served/file served/file > long.part
get good/file long
cmp long served/file
# the file is done already, only its name is not
cp served/file done.part
get good/file done
cmp done served/file
head -c 1000 served/file | tr 0 1 > bad.part
get good/file bad
ls bad* 2>/dev/null || echo 'nothing is left of it'
get good/file huge 900000000000000
kill $server
wait $server 2>/dev/null
get good/file off
ls ./*.part* 2>/dev/null || echo "no parts are left"
