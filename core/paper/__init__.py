"""A local exchange on loopback that speaks real venues' wire protocols, so that unmodified clients work against it.

site        puts everything together; spec, layout and scenarios say what there is and what happens, bots trade
engine      accounts, orders, fills, wallets; knows nothing of any wire
market      prices by seed and step; listings put other kinds of instruments over them, candles are their past
dialects    one package per venue: its JSON, paths, signatures, weights, error codes
server, hub sockets; faults, budget and the log come in between
routes      the control API, with a client in control
"""
