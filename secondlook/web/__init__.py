"""The attorneys' web application: one folder a screen, with its addresses, its view and its template. SQL stays in
``records``; what an act does to a case is decided in the judging transaction, never here.
"""
