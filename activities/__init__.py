"""Side effects of a case: classes whose dependencies are passed in."""
