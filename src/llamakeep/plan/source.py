"""From whom something comes."""


def server(url: str) -> str:
    """Return the part of an address that says from whom something comes.

    >>> server("http://registry1:5000/archives/ollama.tar.zst")
    'registry1:5000'
    """
    scheme, _, rest = url.partition("://")
    return url if scheme == "file" else rest.partition("/")[0].rpartition("@")[2]
