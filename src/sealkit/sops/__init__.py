"""The SOPS file format both ways: cipher, MAC, data key, key groups; and the sops program for cloud key services."""
