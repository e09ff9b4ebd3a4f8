"""The phone network without input or output: a state machine that needs only the standard library.

``network``       the way in: every input is a method call, every output an effect
``effects``       what it asks of whoever runs it
``world``         the state, and the primitives all parts share
``script``        running a document of instructions; ``verbs/`` has one file per verb
``progress``      a call's way from queued to its end
``instructions``  a leg's main script: begin, redirect, fall back
``rooms``         conferences; ``conferences`` holds the policy of who hears whom in one
``audibility``    who hears whom: in a conference, and between the ends of a dialled call
``hearing``       speech and silence; ``detection`` tells machines from people by them
``taping``        the life of a recording
``outside``       invented people and machines who answer outside numbers
``resources/``    the REST interface
"""
