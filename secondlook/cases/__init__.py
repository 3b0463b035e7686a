"""What a case is: whose it is, what is known of it, what can happen to it and where it then stands.

Importing anything of it loads every stage and every event type.
"""

from secondlook.cases import lifecycle as lifecycle
