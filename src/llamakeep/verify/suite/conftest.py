"""Who points pytest at this folder, as molecule does, gets the plugin with it, which brings the services' claims."""

pytest_plugins = ("llamakeep.verify.plugin",)
