// Empty: whether there is a driver is seen from its name.
