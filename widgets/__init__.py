from widgets.overrides import install

install()
