"""What several rules of one subject share: certificates, delegation, policies, trusts…"""
