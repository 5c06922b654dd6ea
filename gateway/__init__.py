"""What the outside sees: HTTP in, one question to an owner, JSON out. It decides nothing of the trade.

A call is read (`http`), finds its route (`routes`, and a table per service), is known by its
token (`identity`) and kept within its share (`budgets`), becomes a request (`binding`), is
asked of the owner, and goes back as JSON (`rendering`) or as a problem (`problems`);
`dispatch` tells that story in order.
"""
