#!/bin/bash
# answers PORT PATH SECONDS: returns once a service of this unit's network answers 200, so that "active" means it.
port=$1 path=$2 deadline=$((SECONDS + $3))

ask() {
    exec 3<>"/dev/tcp/127.0.0.1/$port" || return
    printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$path" >&3
    IFS= read -r -t 5 -d '' answer <&3 # to the end, at which the server hangs up
    exec 3>&-
    [[ $answer == HTTP/*" 200 "* ]]
}

until ask 2>/dev/null; do
    if [[ -n $MAINPID ]] && ! kill -0 "$MAINPID" 2>/dev/null; then
        echo "it ended before it answered on port $port" >&2
        exit 1
    fi
    if ((SECONDS >= deadline)); then
        echo "it did not answer GET $path on port $port within $3 s" >&2
        exit 1
    fi
    sleep 0.05
done
