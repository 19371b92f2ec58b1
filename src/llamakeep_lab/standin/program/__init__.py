"""The stand-in for Ollama: what travels in the archive as `lib/ollama/standin/`.

Runs on a lab host's own python3 (3.11 or newer), standard library only. Written from what a real
server was seen to answer; nothing of llama.cpp or Ollama is copied. It says everywhere what it is.
"""
