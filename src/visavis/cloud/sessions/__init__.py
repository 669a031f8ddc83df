"""Sessions: launched onto workers, kept, counted, ended.

Comes in: who wants which avatar in which room. Goes out: rows that say how it is, entries in the
ledger, places taken and given back.

    places, pictures ► ending ► placing ► launching, keeping
"""
