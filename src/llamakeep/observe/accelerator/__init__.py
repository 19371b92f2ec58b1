"""What a host's GPUs say of themselves, each tool and each part of the kernel read on a page of its own."""
