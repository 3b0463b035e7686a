"""The stages, a file each. Importing this package loads all of them."""

from secondlook.cases.discovery import load

load(__path__, __name__)
