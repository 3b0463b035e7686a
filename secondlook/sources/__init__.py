"""Outside sources of facts: which there are, how one is asked, when it is left alone, and a stand-in for one."""
