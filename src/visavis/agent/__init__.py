"""What a talking character needs besides a face: a voice, ears, and something to say.

Comes in: text, or a microphone's sound. Goes out: speech, sentence by sentence, and what was
understood. The voice is espeak-ng from its wheel, offline, or any OpenAI-compatible speech
endpoint; understanding and answering are endpoints of the same kind, local or a vendor's.

- :mod:`visavis.agent.voices`: a voice, chosen by what the user wrote.
- :mod:`visavis.agent.reciting`: sentences said by a voice into a session, with captions in time.
- :mod:`visavis.agent.conversation`: who speaks when; barge-in.
- :mod:`visavis.agent.activity`: where in a sound somebody speaks.
"""
