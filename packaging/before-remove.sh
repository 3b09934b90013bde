#!/bin/sh
# Before the package is removed (deb: prerm, rpm: %preun), whoever removes it at a terminal is asked whether coding agents shall go back to their
# own settings. An upgrade asks nothing, and without a yes no file is changed.
case "$1" in
  remove | 0) ;;
  *) exit 0 ;;
esac

program=/opt/Dragoman/dragoman
user=${SUDO_USER:-$(id -un)}
home=$(getent passwd "$user" | cut -d: -f6)
state="$home/.config/Dragoman"
# Only what is set up, or was and is remembered, has a scope.
grep -qs '"scope"' "$state/agents.json" || exit 0

echo "Coding agents of $user are set up to use Dragoman and reach no model without it." >&2
if [ -t 0 ] && [ "${DEBIAN_FRONTEND:-}" != noninteractive ]; then
  printf 'Give them back to their own settings? Only what Dragoman wrote is taken out. [y/N] ' >&2
  # Nobody may be there to answer.
  answer=$(timeout --foreground 120 head -n 1)
  case "$answer" in
    y | Y | yes | Yes | YES)
      # Chromium's sandbox, which no command needs, does not start as root.
      sandbox=
      [ "$user" = root ] && sandbox=--no-sandbox
      timeout 120 su -l "$user" -s /bin/sh -c "'$program' $sandbox undo --all" >&2 && exit 0
      echo "Not every agent was given back." >&2
      ;;
  esac
fi
echo "Copies of their files from before are in $state/backups; \`dragoman undo --all\` gives them back, should you install Dragoman again." >&2
exit 0
