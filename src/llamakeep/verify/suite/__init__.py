"""The claims, one file per subject; run by `llamakeep verify`, by molecule and by the kit's own tests."""
