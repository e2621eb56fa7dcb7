"""What each contestant does, one module for each ORM; and how it is measured."""
