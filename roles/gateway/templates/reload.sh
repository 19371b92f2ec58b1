#!/bin/bash
# gateway-reload PID: has HAProxy's master take up its files anew; returns once a new worker serves, and fails where
# there is none. The old one finishes its answers.
workers() { cat "/proc/$1/task/$1/children"; }

before=" $(workers "$1") "
kill -USR2 "$1" || exit 1
for _ in {1..100}; do
    sleep 0.1
    for worker in $(workers "$1"); do
        if [[ $before != *" $worker "* ]] && sleep 0.3 && [[ -d /proc/$worker ]]; then
            exit 0
        fi
    done
done
echo "no new worker came up within 10 s; the old one serves on, with the files that it had" >&2
exit 1
