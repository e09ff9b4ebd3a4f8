"""The phone network in a box: answers, on the wire, as Twilio would.

It imports nothing of the product and the product imports nothing of it; they meet over HTTP.

``core``     the network as a state machine without input or output (after h11)
``server``   runs the core in real time: REST, signed webhooks, scripted callers, ground truth
``audio``    what the legs say and hear
``gateway``  the door of the browser's Voice SDK
``pages``    what a person looks at
"""
