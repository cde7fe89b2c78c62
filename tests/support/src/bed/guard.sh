# Ends a bed and removes its folder ($1) once nobody holds the other side of standard input any more, whatever has
# happened to the process that did. What runs has written its process id to `pids` before it began.
trap '' HUP INT QUIT TERM
while read -r _; do :; done

# Under another name the folder takes no more process ids: what is about to begin cannot.
name=${1%.gone}
gone=$name.gone
[ "$1" = "$gone" ] || mv "$name" "$gone" || exit 1

# The id may be another process's by now.
is_ours() {
  if [ -r "/proc/$1/cmdline" ]; then cat "/proc/$1/cmdline"; else ps -o args= -p "$1"; fi 2>/dev/null |
    tr '\0' ' ' | grep -qF -- "$name/"
}
if [ -f "$gone/pids" ]; then
  while read -r pid; do is_ours "$pid" && kill -KILL "$pid"; done <"$gone/pids"
fi

# Those that are ending may still write.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf "$gone" 2>/dev/null && break
  sleep 0.1
done
