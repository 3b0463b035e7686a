"""What ``deploy/`` says is true: its tools accept it, and every name in it exists in the product."""
