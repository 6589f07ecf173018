# packaging: Debian packages, a relocatable tarball, and recipes of others as text.
DEBIAN_FILES = packaging/debian/changelog packaging/debian/control packaging/debian/copyright packaging/debian/rules \
  packaging/debian/source/format packaging/debian/pleat.install packaging/debian/pleat-mpi.install \
  packaging/debian/libpleat0.install packaging/debian/libpleat-dev.install packaging/debian/libpleat-mpi0.install \
  packaging/debian/libpleat-mpi-dev.install packaging/debian/pleat-mpi.links
EXTRA_DIST += packaging/README.md packaging/binary-dist $(DEBIAN_FILES) packaging/spack/package.py \
  packaging/easybuild/pleat-0.1.0-foss-2023a.eb packaging/apptainer/pleat.def

# Debian packages of the distribution's tarball, in deb/; lintian says what is wrong with them.
deb: dist
	$(RM) -r deb && $(MKDIR_P) deb && tar -C deb -xzf $(distdir).tar.gz && cp -R $(srcdir)/packaging/debian deb/$(distdir)/debian
	chmod -R u+w deb && chmod +x deb/$(distdir)/debian/rules
	cd deb/$(distdir) && DEB_BUILD_OPTIONS="$(DEB_BUILD_OPTIONS)" dpkg-buildpackage -us -uc -b
	if command -v lintian >/dev/null; then lintian --fail-on error,warning deb/*.changes; fi

# A tarball that runs from any folder, with the libraries that not every system has; tells the glibc that it needs.
binary-dist: all
	$(SHELL) $(srcdir)/packaging/binary-dist $(PACKAGE)-$(VERSION) '$(abs_builddir)'

clean-local-packaging:
	$(RM) -r deb binary-dist
clean-local: clean-local-packaging
.PHONY: deb binary-dist clean-local-packaging
